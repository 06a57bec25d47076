import Tidings
public import TidingsRouting

/// Which events go where.
///
/// An event goes to a queue, or an event log, once, however many rules choose it.
public struct EventRule: Sendable, Hashable {
    /// Where a rule brings events. The name of a queue as a literal is that queue: `["reporting", .log("audit")]`.
    ///
    /// Later versions add kinds, webhooks first: a `switch` needs a `default`.
    public enum Target: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
        /// The queue of this name, which is there and gets no dead letters.
        case queue(String)
        /// An event log, which is made with the first rule that names it.
        case log(EventLog)

        /// An event log. Several rules may name the same; its retention is stated by one, or alike.
        public static func log(_ name: String, retention: Duration? = nil) -> Target {
            .log(EventLog(name, retention: retention))
        }

        /// The queue of a name.
        public init(stringLiteral name: String) {
            self = .queue(name)
        }

        /// What it is, and its name.
        public var description: String {
            switch self {
            case .queue(let name): "queue \(name)"
            case .log(let log): "event log \(log.name)"
            }
        }
    }

    /// The name: 1 to 255 bytes of plain text.
    public var name: String
    /// Which events it chooses.
    public var pattern: EventPattern
    /// Where they go, 1 to 100 different targets.
    public var targets: [Target]
    /// Whether it chooses anything now.
    public var isEnabled: Bool
    /// What it is for; at most 1,024 bytes.
    public var description: String

    /// Makes a rule; its ranges are checked by ``EmbeddedEventBus/declareRule(_:)``.
    public init(
        _ name: String, _ pattern: EventPattern, to targets: [Target], isEnabled: Bool = true, description: String = ""
    ) {
        self.name = name
        self.pattern = pattern
        self.targets = targets
        self.isEnabled = isEnabled
        self.description = description
    }

    /// The names of the queues among its targets.
    var queueNames: [String] {
        targets.compactMap { target in
            if case .queue(let name) = target { name } else { nil }
        }
    }

    /// Checks the ranges that the properties state.
    func validate() throws(TidingsError) {
        guard (1...255).contains(name.utf8.count) else {
            throw TidingsError(.invalid, "the name of a rule has 1 to 255 bytes, this one \(name.utf8.count)")
        }
        try PlainName.check(name, as: "the name of a rule")
        guard (1...100).contains(targets.count) else {
            throw TidingsError(.invalid, "rule \(name) has \(targets.count) targets; a rule has 1 to 100")
        }
        guard description.utf8.count <= 1024 else {
            throw TidingsError(
                .invalid, "the description of rule \(name) has \(description.utf8.count) bytes; it has at most 1,024")
        }
    }
}
