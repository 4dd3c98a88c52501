import { type DestinationStream, destination, type Logger, pino } from "pino";

/** The server's logger: JSON lines; see `ServerOptions.log`. */
export function loggerOf(log: boolean | DestinationStream | Logger | undefined): Logger {
  if (log === undefined || log === false) return pino({ enabled: false });
  if (log === true) return pino({ base: null }, destination(2));
  if ("child" in log) return log;
  return pino({ base: null }, log);
}
