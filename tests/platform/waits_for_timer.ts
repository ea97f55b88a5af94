/** A program that does nothing but wait; see timer_test.ts. */
import { startTimer } from "../../platform/timer.ts";

startTimer(1_000_000, () => {})[Symbol.dispose]();
startTimer(5, () => console.log("waited"));
