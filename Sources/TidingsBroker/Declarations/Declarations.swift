/// What code wants of a bus: queues, rules, archives and alarms. A value, which says nothing to a bus until it is compared
/// with what is there (``EmbeddedEventBus/differences(from:)``) or applied (``EmbeddedEventBus/apply(_:undeclared:)``).
///
/// Consumer groups are not declared: subscriptions make them. The order does not matter.
public struct Declarations: Sendable, Hashable {
    /// The queues. Each has a dead-letter queue, which need not be declared.
    public var queues: [EventQueue]
    /// The rules. Their queues are declared, or there.
    public var rules: [EventRule]
    /// The archives.
    public var archives: [EventArchive]
    /// The alarms.
    public var alarms: [QueueAlarm]

    /// Makes declarations of lists.
    public init(
        queues: [EventQueue] = [], rules: [EventRule] = [], archives: [EventArchive] = [], alarms: [QueueAlarm] = []
    ) {
        self.queues = queues
        self.rules = rules
        self.archives = archives
        self.alarms = alarms
    }

    /// Makes declarations that are written one below the other, also with `if` and `for`.
    ///
    /// ```swift
    /// let declarations = try Declarations {
    ///     EventQueue("orders") { $0.maximumReceives = 5 }
    ///     EventRule("orders", EventPattern(types: "order.*"), to: ["orders"])
    ///     EventArchive("all", .all, retention: .seconds(90 * 86_400))
    ///     QueueAlarm("dead letters", .deadLetters(above: 0))
    /// }
    /// ```
    public init(@DeclarationBuilder _ content: () throws -> Declarations) rethrows {
        self = try content()
    }

    fileprivate init(joining parts: some Sequence<Declarations>) {
        self.init()
        for part in parts {
            queues += part.queues
            rules += part.rules
            archives += part.archives
            alarms += part.alarms
        }
    }
}

/// Puts ``Declarations`` together of what stands one below the other.
@resultBuilder public enum DeclarationBuilder {
    /// A queue.
    public static func buildExpression(_ queue: EventQueue) -> Declarations { Declarations(queues: [queue]) }

    /// A rule.
    public static func buildExpression(_ rule: EventRule) -> Declarations { Declarations(rules: [rule]) }

    /// An archive.
    public static func buildExpression(_ archive: EventArchive) -> Declarations { Declarations(archives: [archive]) }

    /// An alarm.
    public static func buildExpression(_ alarm: QueueAlarm) -> Declarations { Declarations(alarms: [alarm]) }

    /// Declarations that were made elsewhere.
    public static func buildExpression(_ declarations: Declarations) -> Declarations { declarations }

    /// All that stands in a block.
    public static func buildBlock(_ parts: Declarations...) -> Declarations { Declarations(joining: parts) }

    /// What stands behind an `if` without `else`.
    public static func buildOptional(_ part: Declarations?) -> Declarations { part ?? Declarations() }

    /// What stands behind an `if` with `else`.
    public static func buildEither(first part: Declarations) -> Declarations { part }

    /// What stands behind `else`.
    public static func buildEither(second part: Declarations) -> Declarations { part }

    /// What stands in a loop.
    public static func buildArray(_ parts: [Declarations]) -> Declarations { Declarations(joining: parts) }
}
