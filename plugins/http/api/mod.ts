/**
 * The contracts of the endpoint: what each route takes and gives. All paths
 * begin with `/api/v1`; all bodies are JSON; all errors are a
 * {@linkcode Problem}.
 *
 * | method and path | scope | takes | gives |
 * |---|---|---|---|
 * | `GET /session` | read | | {@linkcode SessionDocument} |
 * | `POST /session` | none | {@linkcode SessionBody} | 204 and the cookie, or 401 |
 * | `DELETE /session` | none | | 204 |
 * | `GET /workflows` | read | | {@linkcode WorkflowList} |
 * | `GET /workflows/{name}` | read | | {@linkcode WorkflowDetail} |
 * | `GET /workflows/{name}/graph` | read | | {@linkcode GraphDocument} |
 * | `GET /workflows/{name}/params` | read | | {@linkcode ParamList} |
 * | `GET /workflows/{name}/diagnostics` | read | | {@linkcode DiagnosticList} |
 * | `GET /workflows/{name}/source` | read | | {@linkcode SourceDocument} |
 * | `POST /workflows/{name}/runs` | run | {@linkcode StartBody}, `?wait=30s`, `Idempotency-Key` | 200 or 202 {@linkcode RunAnswer} |
 * | `POST /workflows/{name}/releases` | run | {@linkcode ReleaseBody}, `?wait=30s` | 200 or 202 {@linkcode RunAnswer} |
 * | `GET /runs` | read | `?workflow=&status=failed,cancel&limit=&after=` | {@linkcode RunPage} |
 * | `POST /runs` | admin | {@linkcode InlineBody}, `?wait=30s` | 200 or 202 {@linkcode RunAnswer}, mostly 403 |
 * | `GET /runs/{run}` | read | | {@linkcode RunDetail} |
 * | `GET /runs/{run}/graph` | read | | {@linkcode GraphDocument}, of the plan that it was started with |
 * | `GET /runs/{run}/timeline` | read | `?at=N`: after its first N events | {@linkcode RunTimeline} |
 * | `GET /runs/{run}/outputs` | read | `?at=N` | {@linkcode RunOutputs} |
 * | `GET /runs/{run}/events` | read | `?from=&limit=` | {@linkcode EventPage} |
 * | `GET /runs/{run}/events/stream` | read | `Last-Event-ID`, or `?from=` | a stream: `id` is the position, `data` an event of {@linkcode EventDocument}; at the end `event: end` |
 * | `GET /runs/{run}/logs` | read | `?stage=&attempt=&from=&limit=` | {@linkcode LogPage} |
 * | `GET /runs/{run}/logs/stream` | read | `?stage=&attempt=`, `Last-Event-ID`, or `?from=` | a stream: `id` is the number of lines so far, `data` a list of {@linkcode LogLine}; at the end `event: end` |
 * | `POST /runs/{run}/cancel` | run | {@linkcode CancelBody} | 202 {@linkcode RunDocument} |
 * | `POST /runs/{run}/rerun` | run | {@linkcode RerunBody}, `?wait=30s` | 200 or 202 {@linkcode RunAnswer} of the new run |
 * | `POST /runs/{run}/resume` | run | `?wait=30s` | 200 or 202 {@linkcode RunAnswer} |
 * | `GET /changes` | read | | a stream: `data` is a {@linkcode RunDocument} that is new or has changed; open it before you read the list |
 * | `GET /schedules` | read | | {@linkcode ScheduleList} |
 * | `GET /schedules/next` | read | `?workflow=&limit=` | {@linkcode SlotList} |
 * | `POST /workflows/{name}/pause` | run | | {@linkcode PauseDocument} |
 * | `POST /workflows/{name}/unpause` | run | | {@linkcode PauseDocument} |
 * | `GET /audits` | read | `?workflow=&limit=` | {@linkcode AuditList} |
 * | `GET /audits/verify` | admin | `?head=` | {@linkcode AuditVerdictDocument} |
 * | `GET /health`, `GET /ready` | none | | {@linkcode HealthDocument} |
 * | `GET /metrics` | read | | Prometheus' text |
 * | `GET /openapi.json`, `GET /docs` | none | | this, generated |
 *
 * Streams are Server-Sent Events with a comment every fifteen seconds. A
 * cookie of `POST /session` serves `EventSource`, which cannot send headers;
 * with it, whatever changes something must come from the same origin.
 *
 * @module
 */
export * from "./names.ts";
export * from "./page_file.ts";
export * from "./problem.ts";
export * from "./runs.ts";
export * from "./server.ts";
export * from "./workflows.ts";
