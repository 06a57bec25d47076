/// One field of an event and the values it may have, of which one must hold.
struct PatternField: Hashable, Sendable {
    /// The CloudEvents name of the event's type.
    static let type = "type"

    /// The names on the way to the field, joined by dots. A name that holds dots itself gives the same path.
    let path: String
    /// Never empty.
    let leaves: [PatternLeaf]

    /// The one name of a field that has two.
    static func canonical(_ path: String) -> String {
        path == "detail-type" ? type : path
    }
}
