export { type ServeOptions, serve } from "./cli.ts";
export type { GroupSetting } from "./groups.ts";
export { type Job, type JobState, type JobStore, SqliteJobStore } from "./jobs/store.ts";
export { type KeyEntry, type KeyLimits, newKey, parseKeys } from "./keys.ts";
export type { Listening } from "./listener.ts";
export { type ProtocolName, protocolNames, type ServerOptions } from "./options.ts";
export { createServer, type LaurelServer } from "./server.ts";
export { shim, shimNames } from "./shims/index.ts";
