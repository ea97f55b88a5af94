import { CronExpressionParser } from "cron-parser";
import { slotsBetween } from "../../core/schedule/slots.ts";
import { calendar, scheduleIn } from "./rig.ts";
const FROM = Date.UTC(2025, 0, 1), UNTIL = Date.UTC(2028, 0, 1);
const t0 = Date.now();
for (const zone of ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Tehran", "Pacific/Apia", "America/Sao_Paulo", "Pacific/Chatham"]) {
  for (const text of ["30 2 * * *", "30 1 * * *", "0 0 * * *","15 0 * * *", "0 9 * * 1-5", "15 23 L * *", "0 3 * * 5L", "0 */6 * * *", "*/20 2 * * *", "5 4 29 2 *", "0 * * * *", "45 1 1,15 * *", "*/30 1-3 * * 0"]) {
    const s = scheduleIn(`[{cron: '${text}', timezone: ${zone}}]`);
    const ours = new Set(slotsBetween(s, { afterMs: FROM - 1, untilMs: UNTIL - 1 }, { calendar }));
    const p = CronExpressionParser.parse(text, { tz: zone, currentDate: new Date(FROM - 1) });
    const theirs = new Set<number>();
    try { for (let ms = p.next().getTime(); ms < UNTIL; ms = p.next().getTime()) theirs.add(ms); } catch (e) { console.log("!!", text, zone, String(e)); }
    const f = (a: Set<number>) => [...a].map((ms) => new Date(ms).toISOString().slice(0, 16)).join(" ");
    const [o, t] = [ours.difference(theirs), theirs.difference(ours)];
    if (o.size + t.size) console.log(text, zone, "\n  OURS", f(o).slice(0, 400), "\n  THEIRS", f(t).slice(0, 400));
  }
}
console.log(Date.now() - t0, "ms");
