/** What one run of a program may use. Every number is a hard cap. */
export interface Limits {
  /** Seconds of wall time a test; default 5. */
  seconds: number;
  /** Seconds of wall time to load the program before the first test of a function; default 10. */
  loadSeconds: number;
  /** MiB of memory, for the address space of each process and for the resident memory of all together; default 512. */
  memoryMb: number;
  /** Bytes of standard output a run; default 1,048,576. */
  outputBytes: number;
  /** MiB of files in the run's own /tmp; default 16. */
  diskMb: number;
  /** Processes and threads; default 32. */
  processes: number;
  /** Open file descriptors; default 64. */
  files: number;
}

export const defaultLimits: Readonly<Limits> = {
  seconds: 5,
  loadSeconds: 10,
  memoryMb: 512,
  outputBytes: 1 << 20,
  diskMb: 16,
  processes: 32,
  files: 64,
};
