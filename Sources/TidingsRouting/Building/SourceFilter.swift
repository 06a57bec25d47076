/// Which sources of events a handler wants.
package enum SourceFilter: Hashable, Sendable {
    /// The source with exactly this text.
    case exactly(String)
    /// The sources that begin with this text, such as `/orders/`.
    case prefix(String)

    var value: PatternValue {
        switch self {
        case .exactly(let text): .text(text)
        case .prefix(let text): .prefix(text)
        }
    }
}
