// What the server refuses: the stable `code` for programs, a message for people, and what belongs to it.
export class Refusal extends Error {
  constructor({ code, message, info, status, retryAfterS }) {
    super(message);
    this.name = "Refusal";
    this.code = code;
    this.info = info;
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

// No answer at all: the network, or a server that is starting.
export const UNREACHABLE = "unreachable";
