import Tidings
public import TidingsRouting

/// Which events go to which queues.
///
/// An event goes to a queue once, however many rules choose it.
public struct EventRule: Sendable, Hashable {
    /// The name: 1 to 255 bytes of plain text.
    public var name: String
    /// Which events it chooses.
    public var pattern: EventPattern
    /// The names of the queues that get them, 1 to 100.
    public var queues: [String]
    /// Whether it chooses anything now.
    public var isEnabled: Bool
    /// What it is for; at most 1,024 bytes.
    public var description: String

    /// Makes a rule; its ranges are checked by ``EmbeddedEventBus/declareRule(_:)``.
    public init(
        _ name: String, _ pattern: EventPattern, to queues: [String], isEnabled: Bool = true, description: String = ""
    ) {
        self.name = name
        self.pattern = pattern
        self.queues = queues
        self.isEnabled = isEnabled
        self.description = description
    }

    /// Checks the ranges that the properties state.
    func validate() throws(TidingsError) {
        guard (1...255).contains(name.utf8.count) else {
            throw TidingsError(.invalid, "the name of a rule has 1 to 255 bytes, this one \(name.utf8.count)")
        }
        try PlainName.check(name, as: "the name of a rule")
        guard (1...100).contains(queues.count) else {
            throw TidingsError(.invalid, "rule \(name) has \(queues.count) targets; a rule has 1 to 100")
        }
        guard description.utf8.count <= 1024 else {
            throw TidingsError(
                .invalid, "the description of rule \(name) has \(description.utf8.count) bytes; it has at most 1,024")
        }
    }
}
