/// An event as the list of its scalars, each with its path and the elements of arrays it is in.
struct ReferenceEvent {
    struct Leaf {
        let path: [UInt8]
        let scalar: ReferenceValue
        /// For each array around an object or array with this leaf, the number of the element.
        let elements: [Int: Int]
    }

    private(set) var leaves: [Leaf] = []
    private var arrayCount = 0

    /// - Parameter json: A valid JSON object.
    init(json: some Sequence<UInt8>) {
        add(ReferenceValue(json), at: nil, in: [:])
    }

    /// The path of a name; at the top of an event EventBridge has other names for two of them.
    static func path(_ name: [UInt8], under parent: [UInt8]?) -> [UInt8] {
        if let parent { return parent + [UInt8(ascii: ".")] + name }
        var names = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
        if names[0].elementsEqual("detail-type".utf8) { names[0] = Array("type".utf8) }
        if names[0].elementsEqual("detail".utf8) { names[0] = Array("data".utf8) }
        return Array(names.joined(separator: [UInt8(ascii: ".")]))
    }

    private mutating func add(_ value: ReferenceValue, at path: [UInt8]?, in elements: [Int: Int]) {
        switch value {
        case .object(let members):
            for member in members { add(member.value, at: Self.path(member.name, under: path), in: elements) }
        case .array(let values):
            let array = arrayCount
            arrayCount += 1
            for (index, value) in values.enumerated() {
                var inside = elements
                switch value {
                case .object, .array: inside[array] = index
                // A scalar that stands in an array is where the array is.
                case .text, .number, .boolean, .null: break
                }
                add(value, at: path, in: inside)
            }
        case .text, .number, .boolean, .null:
            leaves.append(Leaf(path: path ?? [], scalar: value, elements: elements))
        }
    }
}
