import Tidings
import TidingsLog

extension TidingsError {
    /// An error of the log as an error of the bus.
    init(_ error: LogError) {
        switch error.code {
        case .overloaded: self.init(.overloaded, error.message, cause: error.cause)
        case .tooLarge, .invalidOption: self.init(.invalid, error.message, cause: error.cause)
        case .closed: self.init(.closed, error.message, cause: error.cause)
        case .corrupt, .unsupportedFormat, .notFound: self.init(.corrupt, error.message, cause: error.cause)
        default: self.init(.unavailable, error.message, cause: error.cause)
        }
    }

    /// The error of those who would wait until the disk has room.
    static let diskFull = TidingsError(
        .unavailable, "There is no room on the disk of the log. Make room there; the program need not be restarted.")

    /// Any error as an error of the bus.
    init(bus error: any Error) {
        if let error = error as? TidingsError {
            self = error
        } else if let error = error as? LogError {
            self.init(error)
        } else {
            self.init(.unavailable, "the log cannot be used", cause: error)
        }
    }

    /// Runs a body; what it throws becomes an error of the bus.
    static func translating<Result>(_ body: () throws -> Result) throws(TidingsError) -> Result {
        do {
            return try body()
        } catch {
            throw TidingsError(bus: error)
        }
    }
}
