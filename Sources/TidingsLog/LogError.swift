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
