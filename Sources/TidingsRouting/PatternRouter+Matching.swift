extension PatternRouter {
    /// The ids whose patterns an event satisfies.
    ///
    /// The event is a JSON object: CloudEvents attributes and `data`. What EventBridge calls `detail-type` and `detail`
    /// are taken as the same fields.
    ///
    /// - Parameters:
    ///   - event: The bytes of the event, as UTF-8.
    ///   - validated: Whether the bytes are known to be JSON, from ``JSON/validate(_:)-(RawSpan)`` or an earlier match.
    ///     What no pattern asks for is then skipped without a look, and reading stops where every test of the router
    ///     holds (looked for up to 64 of them; one filter has few). That each name was seen is no reason to stop: a
    ///     name that comes twice counts twice. If they are not JSON after all, the answer is of no use, but nothing
    ///     worse happens.
    /// - Returns: Each id once, in the order in which the ids were first inserted.
    /// - Throws: What is wrong with the JSON, and where; never for an event, whatever it holds. Trying again cannot help.
    /// - Complexity: Linear in the bytes of the event, and in what the values found lead to. Each alternative of a pattern
    ///   of which several fields hold inside of arrays is looked at once more: the product of how often its rarest field
    ///   holds there (each of its fields, if all of them may be absent), the fields it has, the logarithm of how often
    ///   they hold, and how deep arrays are nested, at worst; where no name comes twice, there is nothing more to it.
    ///
    /// Where names come twice in an object and hold arrays, a field may come from several of them, and the ways to choose
    /// among them are tried. An alternative for which none was found within 10,000 steps, and four more for each place in
    /// which its fields hold or are there, does not hold.
    @inlinable
    public func matches(_ event: RawSpan, validated: Bool = false) throws(JSONError) -> [ID] {
        let scratch = try index.find(event, validated: validated)
        let result = ids(in: scratch)
        index.recycle(scratch)
        return result
    }

    /// The ids whose patterns an event satisfies whose attributes stand apart from its data.
    ///
    /// The data is looked at only if some pattern asks for something in it.
    ///
    /// - Parameters:
    ///   - attributes: The names and values of the CloudEvents attributes, such as `type` and `source`. A name that comes
    ///     several times is a list.
    ///   - data: The bytes of the data, a JSON value of any kind; none if there is no data.
    ///   - validated: Whether the data is known to be JSON.
    /// - Returns: Each id once, in the order in which the ids were first inserted.
    /// - Throws: What is wrong with the data, and where in it. Trying again cannot help.
    @inlinable
    public func matches(
        attributes: [(name: String, value: AttributeValue)], data: RawSpan, validated: Bool = false
    ) throws(JSONError) -> [ID] {
        let scratch = try index.find(attributes, data: data, validated: validated)
        let result = ids(in: scratch)
        index.recycle(scratch)
        return result
    }

    /// The ids whose patterns an event of this type satisfies that has no other field.
    ///
    /// - Parameter type: The event's type, such as `order.created.v1`.
    /// - Returns: Each id once, in the order in which the ids were first inserted.
    @inlinable
    public func matches(type: String) -> [ID] {
        let scratch = index.find(type: type)
        let result = ids(in: scratch)
        index.recycle(scratch)
        return result
    }

    /// The ids whose patterns an event of this type and source satisfies that has no other field.
    ///
    /// - Parameters:
    ///   - type: The event's type, such as `order.created.v1`.
    ///   - source: The event's source, such as `/orders`.
    /// - Returns: Each id once, in the order in which the ids were first inserted.
    package func matches(type: String, source: String) -> [ID] {
        let scratch = index.find(type: type, source: source)
        let result = ids(in: scratch)
        index.recycle(scratch)
        return result
    }

    @inlinable
    func ids(in scratch: MatchScratch) -> [ID] {
        let count = scratch.foundCount
        guard count > 0 else { return [] }
        let places = scratch.found
        return [ID](unsafeUninitializedCapacity: count) { result, filled in
            for index in 0..<count {
                // A place is empty if the id was removed and its patterns have not been compiled away yet.
                guard let id = ids[Int(places[index])] else { continue }
                result.initializeElement(at: filled, to: id)
                filled &+= 1
            }
        }
    }
}

extension PatternRouter {
    /// How many places of an event are looked at to tell whether fields hold in one element of an array, all patterns
    /// taken together: what of a match grows by more than the bytes of the event.
    ///
    /// - Parameter event: The bytes of the event.
    /// - Throws: What is wrong with the JSON.
    package func stepsAmongArrays(in event: RawSpan) throws(JSONError) -> Int {
        let scratch = try index.find(event, validated: false)
        let steps = scratch.consistency.steps
        index.recycle(scratch)
        return steps
    }
}
