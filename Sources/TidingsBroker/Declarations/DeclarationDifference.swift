import TidingsRouting

/// What of a bus is not as code declares it: one queue, rule, archive or alarm.
public struct DeclarationDifference: Sendable, Hashable {
    /// What it is that differs.
    public enum Kind: String, Sendable, Hashable {
        case queue
        case rule
        case archive
        case alarm
    }

    /// A property with both of its values, as a person writes them.
    public struct Property: Sendable, Hashable {
        /// The name of the property, as in the type that declares it.
        public let name: String
        /// As it is declared.
        public let declared: String
        /// As it is there.
        public let found: String
    }

    /// How it differs.
    public enum Difference: Sendable, Hashable {
        /// It is declared and not there.
        case missing
        /// It is there, and these properties are otherwise.
        case differs([Property])
        /// It is there and not declared.
        case undeclared
    }

    /// What it is that differs.
    public let kind: Kind
    /// Its name.
    public let name: String
    /// How it differs.
    public let difference: Difference
}

extension DeclarationDifference: CustomStringConvertible {
    /// A sentence, such as `queue orders differs: maximumReceives is 3 and declared as 5`.
    public var description: String {
        switch difference {
        case .missing: "\(kind) \(name) is declared and not there"
        case .undeclared: "\(kind) \(name) is there and not declared"
        case .differs(let properties):
            "\(kind) \(name) differs: "
                + properties.map { "\($0.name) is \($0.found) and declared as \($0.declared)" }.joined(separator: ", ")
        }
    }
}

extension DeclarationDifference.Property {
    /// Nil if the texts are the same.
    init?(_ name: String, declared: String, found: String) {
        if ByteText(declared) == ByteText(found) { return nil }
        self.init(name: name, declared: declared, found: found)
    }
}

/// What applying declarations has done: to one queue, rule, archive or alarm.
public struct DeclarationChange: Sendable, Hashable {
    /// What was done.
    public enum Action: Sendable, Hashable {
        case made
        /// These properties were changed, from what was found to what is declared.
        case changed([DeclarationDifference.Property])
        case removed
    }

    /// To what it was done.
    public let kind: DeclarationDifference.Kind
    /// Its name.
    public let name: String
    /// What was done.
    public let action: Action
}

extension DeclarationChange: CustomStringConvertible {
    /// A sentence, such as `queue orders was changed: maximumReceives from 3 to 5`.
    public var description: String {
        switch action {
        case .made: "\(kind) \(name) was made"
        case .removed: "\(kind) \(name) was removed"
        case .changed(let properties):
            "\(kind) \(name) was changed: "
                + properties.map { "\($0.name) from \($0.found) to \($0.declared)" }.joined(separator: ", ")
        }
    }
}

/// What becomes of what is there and not declared, when declarations are applied.
public enum UndeclaredPolicy: Sendable, Hashable {
    /// It stays.
    case kept
    /// Rules and alarms are removed, and queues and archives that hold no event and that nobody uses: no consumer has such
    /// a queue, it gets no dead letters of a queue that stays, and no replay reads such an archive.
    case removedIfUnused
    /// All of it is removed, queues and archives with the events that they hold. There is no way back.
    case removedWithEvents
}
