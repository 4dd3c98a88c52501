const keepAlive = 15_000;

/**
 * An answer of server-sent events. A comment every 15 seconds keeps proxies from closing the connection; an error after
 * the head is sent becomes an `error` event.
 */
export function events(
  signal: AbortSignal,
  run: (send: (event: string, value: unknown) => void) => Promise<void>,
): { response: Response; done: Promise<void> } {
  const encoder = new TextEncoder();
  let timer: NodeJS.Timeout | undefined;
  let finish: () => void = () => {};
  const done = new Promise<void>((resolve) => (finish = resolve));
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let open = true;
      const write = (text: string): void => {
        if (open && !signal.aborted) controller.enqueue(encoder.encode(text));
      };
      timer = setInterval(() => write(": here\n\n"), keepAlive);
      const send = (event: string, value: unknown): void =>
        write(`event: ${event}\ndata: ${JSON.stringify(value)}\n\n`);
      run(send)
        .catch((thrown: unknown) =>
          send("error", { message: thrown instanceof Error ? thrown.message : String(thrown) }),
        )
        .finally(() => {
          clearInterval(timer);
          open = false;
          if (!signal.aborted) controller.close();
          finish();
        });
    },
    cancel: () => clearInterval(timer),
  });
  const headers = { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" };
  return { response: new Response(body, { headers }), done };
}
