/// Text forms with stars, compared in the simplest way, so that the generator does not rest on what is measured.
enum Glob {
    static func matches(_ form: String, _ text: String) -> Bool {
        matches(Array(form.utf8)[...], Array(text.utf8)[...])
    }

    private static func matches(_ form: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let first = form.first else { return text.isEmpty }
        if first == UInt8(ascii: "*") {
            return (text.startIndex...text.endIndex).contains { matches(form.dropFirst(), text[$0...]) }
        }
        return text.first == first && matches(form.dropFirst(), text.dropFirst())
    }
}
