import Tidings
import TidingsLog

extension TidingsError {
    /// What the log says, in the words of the bus.
    init(_ error: LogError) {
        switch error.code {
        case .overloaded: self.init(.overloaded, error.message, cause: error.cause)
        case .tooLarge, .invalidOption: self.init(.invalid, error.message, cause: error.cause)
        case .closed: self.init(.closed, error.message, cause: error.cause)
        case .corrupt, .unsupportedFormat, .notFound: self.init(.corrupt, error.message, cause: error.cause)
        default: self.init(.unavailable, error.message, cause: error.cause)
        }
    }

    /// What those are told who would wait until there is room.
    static let diskFull = TidingsError(
        .unavailable, "There is no room on the disk of the log. Make room there; nothing is to be started again.")

    /// Any failure of the bus, in its own words.
    init(bus error: any Error) {
        if let error = error as? TidingsError {
            self = error
        } else if let error = error as? LogError {
            self.init(error)
        } else {
            self.init(.unavailable, "the log cannot be used", cause: error)
        }
    }
}
