import TidingsRouting

/// Which sources of an event a handler hears; types of one name exist in several systems.
///
/// ```swift
/// On(OrderCreated.self, from: "/orders/order") { … }
/// On(OrderCreated.self, from: .prefix("/orders/")) { … }
/// ```
public struct EventSource: Sendable, Hashable, ExpressibleByStringLiteral {
    let filter: SourceFilter?

    private init(_ filter: SourceFilter?) {
        self.filter = filter
    }

    /// Events of one source, named exactly.
    public init(stringLiteral source: String) {
        self.init(.exactly(source))
    }

    /// Events of every source.
    public static let anywhere = EventSource(nil)

    /// Events of one source, named exactly.
    public static func exactly(_ source: String) -> EventSource { EventSource(.exactly(source)) }

    /// Events of the sources that begin with a text, such as `/orders/`.
    public static func prefix(_ text: String) -> EventSource { EventSource(.prefix(text)) }
}
