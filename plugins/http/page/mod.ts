/**
 * The page of the endpoint. Its modules go to the browser as they are written;
 * they are imported as text, so that they are found wherever this one is.
 *
 * @module
 */
import type { PageFiles } from "../api/page_file.ts";
import page from "./index.html" with { type: "text" };
import icon from "./icon.svg" with { type: "text" };
import style from "./style.css" with { type: "text" };
import appJs from "./app.js" with { type: "text" };
import apiJs from "./core/api.js" with { type: "text" };
import domJs from "./core/dom.js" with { type: "text" };
import keysJs from "./core/keys.js" with { type: "text" };
import routerJs from "./core/router.js" with { type: "text" };
import signalJs from "./core/signal.js" with { type: "text" };
import streamJs from "./core/stream.js" with { type: "text" };
import themeJs from "./core/theme.js" with { type: "text" };
import timeJs from "./core/time.js" with { type: "text" };
import announcerJs from "./parts/announcer.js" with { type: "text" };
import ansiJs from "./parts/ansi.js" with { type: "text" };
import dialogJs from "./parts/dialog.js" with { type: "text" };
import graphLayoutJs from "./parts/graph_layout.js" with { type: "text" };
import graphViewJs from "./parts/graph_view.js" with { type: "text" };
import jsonViewJs from "./parts/json_view.js" with { type: "text" };
import logLinesJs from "./parts/log_lines.js" with { type: "text" };
import logSourceJs from "./parts/log_source.js" with { type: "text" };
import logViewJs from "./parts/log_view.js" with { type: "text" };
import partIndexJs from "./parts/part_index.js" with { type: "text" };
import partTreeJs from "./parts/part_tree.js" with { type: "text" };
import sourceViewJs from "./parts/source_view.js" with { type: "text" };
import statesJs from "./parts/states.js" with { type: "text" };
import statusJs from "./parts/status.js" with { type: "text" };
import virtualListJs from "./parts/virtual_list.js" with { type: "text" };
import auditJs from "./views/audit.js" with { type: "text" };
import compareJs from "./views/compare.js" with { type: "text" };
import liveRunJs from "./views/live_run.js" with { type: "text" };
import runJs from "./views/run.js" with { type: "text" };
import runActionsJs from "./views/run_actions.js" with { type: "text" };
import runDataJs from "./views/run_data.js" with { type: "text" };
import runFormJs from "./views/run_form.js" with { type: "text" };
import runsJs from "./views/runs.js" with { type: "text" };
import schedulesJs from "./views/schedules.js" with { type: "text" };
import signInJs from "./views/sign_in.js" with { type: "text" };
import stepBarJs from "./views/step_bar.js" with { type: "text" };
import workflowJs from "./views/workflow.js" with { type: "text" };
import workflowsJs from "./views/workflows.js" with { type: "text" };

const SCRIPT_TYPE = "text/javascript; charset=utf-8";

/** The files of the page, by path. */
export const PAGE_FILES: PageFiles = new Map([
  ["/", { type: "text/html; charset=utf-8", body: page }],
  ["/page/icon.svg", { type: "image/svg+xml", body: icon }],
  ["/page/style.css", { type: "text/css; charset=utf-8", body: style }],
  script("app.js", appJs),
  script("core/api.js", apiJs),
  script("core/dom.js", domJs),
  script("core/keys.js", keysJs),
  script("core/router.js", routerJs),
  script("core/signal.js", signalJs),
  script("core/stream.js", streamJs),
  script("core/theme.js", themeJs),
  script("core/time.js", timeJs),
  script("parts/announcer.js", announcerJs),
  script("parts/ansi.js", ansiJs),
  script("parts/dialog.js", dialogJs),
  script("parts/graph_layout.js", graphLayoutJs),
  script("parts/graph_view.js", graphViewJs),
  script("parts/json_view.js", jsonViewJs),
  script("parts/log_lines.js", logLinesJs),
  script("parts/log_source.js", logSourceJs),
  script("parts/log_view.js", logViewJs),
  script("parts/part_index.js", partIndexJs),
  script("parts/part_tree.js", partTreeJs),
  script("parts/source_view.js", sourceViewJs),
  script("parts/states.js", statesJs),
  script("parts/status.js", statusJs),
  script("parts/virtual_list.js", virtualListJs),
  script("views/audit.js", auditJs),
  script("views/compare.js", compareJs),
  script("views/live_run.js", liveRunJs),
  script("views/run.js", runJs),
  script("views/run_actions.js", runActionsJs),
  script("views/run_data.js", runDataJs),
  script("views/run_form.js", runFormJs),
  script("views/runs.js", runsJs),
  script("views/schedules.js", schedulesJs),
  script("views/sign_in.js", signInJs),
  script("views/step_bar.js", stepBarJs),
  script("views/workflow.js", workflowJs),
  script("views/workflows.js", workflowsJs),
]);

function script(name: string, body: string): readonly [string, { type: string; body: string }] {
  return [`/page/${name}`, { type: SCRIPT_TYPE, body }];
}
