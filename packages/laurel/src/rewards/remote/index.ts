export { type ProbeOptions, probeRemote, type RemoteProbe } from "./probe.ts";
export type { RemoteProtocol } from "./protocols.ts";
export { type RemoteOptions, remote, remoteRequest } from "./remote.ts";
export { type TemplateOption, templateNames } from "./templates.ts";
