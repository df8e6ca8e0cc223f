/** The line failed: closed, silent, or talking nonsense. The message is for people. */
export class LinkError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LinkError';
  }
}
