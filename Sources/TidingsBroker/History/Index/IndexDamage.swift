/// An index file is damaged, or of another version. It is built again from its segment.
struct IndexDamage: Error, CustomStringConvertible {
    let file: String
    let problem: String

    var description: String { "\(file) is not a valid index: \(problem)" }
}
