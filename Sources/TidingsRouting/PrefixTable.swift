/// Ids by prefix. A look-up tries each length that some prefix has, so its cost does not grow with their number.
struct PrefixTable<ID: Hashable & Sendable>: Sendable {
    private var lists: [ByteText: RouteList<ID>] = [:]
    /// How many distinct prefixes have each length, in bytes, shortest first.
    private var lengths: [(length: Int, prefixes: Int)] = []

    mutating func insert(_ route: Route<ID>, at prefix: ByteText) {
        if lists[prefix] == nil { countPrefix(of: prefix.bytes.count) }
        lists[prefix, default: RouteList()].insert(route)
    }

    mutating func remove(order: Int, at prefix: ByteText) {
        lists[prefix]?.remove(order: order)
        guard lists[prefix]?.routes.isEmpty == true else { return }
        lists[prefix] = nil
        guard let index = lengths.firstIndex(where: { $0.length == prefix.bytes.count }) else { return }
        lengths[index].prefixes -= 1
        if lengths[index].prefixes == 0 { lengths.remove(at: index) }
    }

    func lists(for text: ByteText) -> [RouteList<ID>] {
        let size = text.bytes.count
        return lengths.prefix { $0.length <= size }.compactMap { lists[text.prefix($0.length)] }
    }

    private mutating func countPrefix(of length: Int) {
        let index = lengths.firstIndex { $0.length >= length } ?? lengths.endIndex
        if index < lengths.endIndex, lengths[index].length == length {
            lengths[index].prefixes += 1
        } else {
            lengths.insert((length, 1), at: index)
        }
    }
}
