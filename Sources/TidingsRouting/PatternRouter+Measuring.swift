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
