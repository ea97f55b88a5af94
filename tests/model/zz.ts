import { loadWorkflow } from "../../core/model/load_workflow.ts";
import { makePlan } from "../../core/plan/make_plan.ts";
import { z } from "zod";
const stages = [
 {name:"empty", keys:[], summary:"", fields:{echo: z.string().optional(), sleep: z.number().optional()}},
 {name:"bash", keys:["bash"], summary:"", fields:{bash: z.string(), env: z.record(z.string(), z.string()).optional()}},
 {name:"script", keys:["run"], summary:"", fields:{run: z.string(), vars: z.record(z.string(), z.unknown()).optional(), lang: z.enum(["ts"]).optional()}},
 {name:"foreach", keys:["foreach","stages"], summary:"", fields:{foreach: z.unknown(), stages: z.array(z.unknown())}, bodies: () => ({stages:["stages"]})},
];
for (const f of Deno.args) {
  const r = loadWorkflow(Deno.readTextFileSync(f), f.split("/").at(-1)!, {stages});
  if (r.ok) { for (const w of r.value) { console.log("OK", w.name, [...w.jobs.keys()], w.triggers.schedules.length); makePlan(w, {engine:"1",params:{},maxParallel:1,stageDefaultId:false,scriptLang:"python",extras:{},ancestry:[]}); } for (const w of r.warnings) console.log("  W", w.message, w.place.span.start) }
  else for (const d of r.errors) console.log(d.place.file+":"+d.place.span.start.line+":"+d.place.span.start.column, d.code, d.message);
}
