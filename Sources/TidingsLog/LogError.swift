/// Something a log could not do.
///
/// Branch on ``code``; show ``message``, which says what happened and what to do. Neither holds bytes of a record.
public struct LogError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure this is.
    public let code: Code

    /// What happened and what to do about it.
    public let message: String

    /// The failure underneath, such as that of a system call.
    public let cause: (any Error)?

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - code: What kind of failure this is.
    ///   - message: What happened and what to do about it.
    ///   - cause: The failure underneath.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The code, the message and the cause in one line.
    public var description: String {
        "\(code): \(message)" + (cause.map { " (\($0))" } ?? "")
    }
}

extension LogError {
    /// A kind of failure. More may be added, so a `switch` over codes needs a default.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The name of the code, as in `LogError.Code.locked`.
        public let description: String

        private init(_ name: String) { description = name }

        /// Another process, or this one, has the folder open. Trying again helps when that one closes it.
        public static let locked = Code("locked")

        /// A file holds something other than what was acknowledged as durable. Trying again does not help.
        public static let corrupt = Code("corrupt")

        /// A file was written by a later version, or with features this version does not know.
        public static let unsupportedFormat = Code("unsupportedFormat")

        /// There is no room on the disk. The log goes on; trying again helps when there is room.
        public static let full = Code("full")

        /// The operating system refused to read, write or sync.
        public static let io = Code("io")

        /// The log stopped after an earlier failure, which is the cause. Only opening it again helps.
        public static let stopped = Code("stopped")

        /// The log was closed.
        public static let closed = Code("closed")

        /// Records arrive faster than the disk takes them. Trying again later helps.
        public static let overloaded = Code("overloaded")

        /// The record is larger than the options allow. Trying again does not help.
        public static let tooLarge = Code("tooLarge")

        /// There is no written record at that position.
        public static let notFound = Code("notFound")

        /// A folder that was to be new holds something.
        public static let notEmpty = Code("notEmpty")

        /// A value in the options is out of its range.
        public static let invalidOption = Code("invalidOption")
    }
}
