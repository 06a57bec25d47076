/// What went wrong in the platform: a code to branch on, a message to read, and what was underneath.
///
/// Messages hold no payloads and no secrets.
public struct TidingsError: Error, CustomStringConvertible {
    /// What kind of failure it is. More may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The code, the message and the cause, as one line.
        public var description: String { name }

        /// The data of an event does not fit its type. Trying again cannot help.
        public static let undecodable = Code("undecodable")
        /// What a service has kept, such as a saga's state or an effect's outcome, cannot be read by this version of it. A
        /// version that can read it helps.
        public static let unreadable = Code("unreadable")
        /// What was stored is not what was written. Trying again cannot help.
        public static let corrupt = Code("corrupt")
        /// The bus or the database cannot be reached or cannot write now. Trying again later can help, but for the
        /// embedded bus: once its log has stopped, only opening it again does.
        public static let unavailable = Code("unavailable")
        /// The bus or the database was closed. Trying again cannot help.
        public static let closed = Code("closed")
        /// More was asked of it than it takes at once. Trying again later can help.
        public static let overloaded = Code("overloaded")
        /// The request itself is wrong. Trying again cannot help.
        public static let invalid = Code("invalid")
        /// What was asked is beyond this bus or database. Trying again cannot help.
        public static let unsupported = Code("unsupported")
        /// A program was put together wrongly, such as two subscribers of one name. Trying again cannot help.
        public static let misconfigured = Code("misconfigured")
        /// A statement was refused by the database: a broken constraint, a syntax error. Trying again cannot help.
        public static let statement = Code("statement")
        /// Something took longer than it may, and was cancelled. Trying again can help.
        public static let timedOut = Code("timed-out")
        /// A circuit breaker is open. Trying again later can help.
        public static let circuitOpen = Code("circuit-open")
    }

    /// What kind of failure it is; branch on this. More codes may come, so a `switch` needs a default.
    public let code: Code
    /// What happened and what to do, for a person.
    public let message: String
    /// The error that led to this one, if there was one.
    public let cause: (any Error)?

    /// Makes an error.
    /// - Parameters:
    ///   - code: what kind of failure it is.
    ///   - message: what happened and what to do, for a person; no payloads and no secrets.
    ///   - cause: the error that led to this one.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The code, the message and the cause, as one line.
    public var description: String {
        cause.map { "\(code): \(message) (\($0))" } ?? "\(code): \(message)"
    }

    static func timedOut(_ what: String, _ timeout: Duration?) -> TidingsError {
        TidingsError(.timedOut, "\(what) took longer than \(timeout.map { "\($0)" } ?? "it may") and was cancelled")
    }

    /// Whether another attempt at the same event must end the same way. An event whose own data does not fit has failed
    /// before its handler runs.
    var isPermanent: Bool { code == .invalid }

    /// Whether a database, a bus or a service was not available, rather than the request wrong: an attempt that met such
    /// an error does not count.
    public var isOutage: Bool {
        code == .unavailable || code == .circuitOpen || code == .overloaded || code == .closed
    }
}
