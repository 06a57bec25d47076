/// The leaves that an event has at one path.
struct EventField {
    let leaves: [EventTree.Leaf]
    /// An array that all of the leaves are in, and the leaves by its elements.
    private let array: Int?
    private let byElement: [Int: [EventTree.Leaf]]

    init(_ leaves: [EventTree.Leaf]) {
        self.leaves = leaves
        let shared = leaves.dropFirst().reduce(Set(leaves.first?.elements.keys ?? [:].keys)) { shared, leaf in
            shared.isEmpty ? shared : shared.filter { leaf.elements[$0] != nil }
        }
        let array = shared.min()
        self.array = array
        byElement = array.map { array in Dictionary(grouping: leaves) { $0.elements[array] ?? -1 } } ?? [:]
    }

    /// The leaves that may be in the given elements of arrays, without those that are known not to be.
    func leaves(near elements: [Int: Int]) -> [EventTree.Leaf] {
        guard let array, let element = elements[array] else { return leaves }
        return byElement[element] ?? []
    }
}
