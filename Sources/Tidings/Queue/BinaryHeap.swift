/// Elements of which the least is at hand; the others are in no particular order.
package struct BinaryHeap<Element: Comparable & Sendable>: Sendable {
    package private(set) var elements: [Element] = []

    package init() {}

    package var first: Element? { elements.first }
    package var count: Int { elements.count }
    package var isEmpty: Bool { elements.isEmpty }

    /// Adds an element: in one step if it is above most others, as a rising series is.
    package mutating func insert(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard elements[child] < elements[parent] else { return }
            elements.swapAt(child, parent)
            child = parent
        }
    }

    @discardableResult
    package mutating func removeFirst() -> Element? {
        guard let last = elements.popLast() else { return nil }
        guard let first = elements.first else { return last }
        replaceFirst(with: last)
        return first
    }

    /// Puts another element in the place of the least one.
    package mutating func replaceFirst(with element: Element) {
        elements[0] = element
        sink(0)
    }

    /// Removes all that a condition says, in one walk.
    package mutating func removeAll(where isUnwanted: (Element) -> Bool) {
        elements.removeAll(where: isUnwanted)
        for place in stride(from: elements.count / 2 - 1, through: 0, by: -1) { sink(place) }
    }

    package mutating func removeAll() { elements.removeAll(keepingCapacity: elements.count < 1024) }

    private mutating func sink(_ place: Int) {
        var parent = place
        while true {
            var least = parent
            for child in parent * 2 + 1...parent * 2 + 2
            where child < elements.count && elements[child] < elements[least] {
                least = child
            }
            guard least != parent else { return }
            elements.swapAt(parent, least)
            parent = least
        }
    }
}
