/// One field of an event and the values it may have, of which one must hold.
package struct PatternField: Hashable, Sendable {
    /// The CloudEvents name of the event's type.
    static let type = "type"
    /// The CloudEvents name of the event's source.
    static let source = "source"
    /// The CloudEvents name of the event's data.
    static let data = "data"

    /// The names on the way to the field, joined by dots. A name that holds dots itself gives the same path.
    package let path: String
    /// The values, joined by *or*; never empty.
    package let leaves: [PatternLeaf]

    /// A field.
    ///
    /// - Parameters:
    ///   - path: The path, whose first name is the CloudEvents one.
    ///   - leaves: At least one value.
    package init(path: String, leaves: [PatternLeaf]) {
        self.path = path
        self.leaves = leaves
    }

    /// The one path of a field that has two: EventBridge calls `type` `detail-type` and `data` `detail`.
    ///
    /// - Parameter path: A whole path, from the top of the event.
    package static func canonical(_ path: String) -> String {
        for (other, name) in [("detail-type", type), ("detail", data)] {
            guard path.utf8.starts(with: other.utf8) else { continue }
            let rest = path.utf8.dropFirst(other.utf8.count)
            if rest.isEmpty || rest.first == UInt8(ascii: ".") { return name + (String(rest) ?? "") }
        }
        return path
    }

    package static func == (left: PatternField, right: PatternField) -> Bool {
        left.path.utf8.elementsEqual(right.path.utf8) && left.leaves == right.leaves
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(ByteText(path))
        hasher.combine(leaves)
    }
}
