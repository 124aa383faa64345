/** The part of a pino logger that a driver uses. */
export interface DriverLog {
  warn (details: object, message: string): void
}
