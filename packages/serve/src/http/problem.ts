/** A request that is answered with an error. Its body has the shape that OpenAI-style clients read. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  response(): Response {
    const type = this.status < 500 ? "invalid_request_error" : "server_error";
    return Response.json(
      { error: { message: this.message, type, code: this.code } },
      { status: this.status, headers: this.headers },
    );
  }
}
