/** The part of a pino logger that a supervisor driver uses. */
export interface DriverLog {
  info (details: object, message: string): void
  warn (details: object, message: string): void
}
