const newline = 10;
const carriage = 13;

/**
 * The data of each server-sent event in a stream of bytes, however the bytes are cut: lines may end in LF, CRLF or CR, data may
 * stand on several lines, comments and other fields are left out. An event without the blank line that ends it is not given.
 *
 * @param maxEvent bytes that one event may have at most; default 16 MiB
 * @throws RangeError for a longer one
 */
export async function* sseData(
  stream: AsyncIterable<Uint8Array>,
  maxEvent = 16 * 1024 * 1024,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder("utf-8");
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let data: string[] = [];
  let dataBytes = 0;
  let afterCarriage = false;
  const line = (rest: Uint8Array): string => {
    const pieces = heldBytes === 0 ? rest : Buffer.concat([...held, rest]);
    held = [];
    heldBytes = 0;
    return decoder.decode(pieces);
  };
  for await (const chunk of stream) {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (byte !== newline && byte !== carriage) {
        afterCarriage = false;
        continue;
      }
      if (byte === newline && afterCarriage) {
        // the second half of CRLF ends no further line
        afterCarriage = false;
        start = i + 1;
        continue;
      }
      afterCarriage = byte === carriage;
      const text = line(chunk.subarray(start, i));
      start = i + 1;
      if (text === "") {
        if (data.length > 0) yield data.join("\n");
        data = [];
        dataBytes = 0;
      } else if (text.startsWith("data:")) {
        data.push(text.charCodeAt(5) === 32 ? text.slice(6) : text.slice(5));
        dataBytes += text.length;
      } else if (text === "data") data.push("");
    }
    if (start < chunk.length) {
      held.push(chunk.subarray(start));
      heldBytes += chunk.length - start;
    }
    if (heldBytes + dataBytes > maxEvent)
      throw new RangeError(`an event of the stream is longer than ${maxEvent} bytes`);
  }
}
