import TidingsRouting

/// Which sources of an event a handler hears; types of one name exist in several systems.
///
/// ```swift
/// On(OrderCreated.self) { … }                              // of the own system
/// On(OrderCreated.self, from: "/orders/order") { … }       // of one service
/// On(OrderCreated.self, from: .prefix("/orders/")) { … }   // of another system
/// On(OrderCreated.self, from: .anywhere) { … }
/// ```
public struct EventSource: Sendable, Hashable, ExpressibleByStringLiteral {
    private enum Kind: Hashable {
        case scope
        case anywhere
        case filter(SourceFilter)
    }

    private let kind: Kind

    private init(_ kind: Kind) {
        self.kind = kind
    }

    /// Events of one source, named exactly.
    public init(stringLiteral source: String) {
        self.init(.filter(.exactly(source)))
    }

    /// Events of the system that the subscriber's database belongs to; of every source if it belongs to none.
    public static let scope = EventSource(.scope)

    /// Events of every source.
    public static let anywhere = EventSource(.anywhere)

    /// Events of one source, named exactly.
    public static func exactly(_ source: String) -> EventSource { EventSource(.filter(.exactly(source))) }

    /// Events of the sources that begin with a text, such as `/orders/`.
    public static func prefix(_ text: String) -> EventSource { EventSource(.filter(.prefix(text))) }

    /// What it asks for in a scope; `nil` for every source.
    func filter(in scope: Scope?) -> SourceFilter? {
        switch kind {
        case .anywhere: nil
        case .filter(let filter): filter
        case .scope: scope?.sources.filter(in: nil)
        }
    }
}
