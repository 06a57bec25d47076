/// An array that a match walked through, or one of its elements.
struct ArrayPlace {
    /// For an array the element it stands in, for an element its array; -1 for the event itself, which is place 0.
    let parent: Int32
    let isArray: Bool
}
