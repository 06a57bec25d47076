extension KeyedDecodingContainer {
    /// Reads a whole number within a range.
    ///
    /// Of a number that is fractional or too large for an `Int`, a decoder says that the whole text is not JSON; this
    /// names the field.
    /// - Throws: `DecodingError`, with the range in its description if the number is not within it.
    public func decodeWholeNumber(in range: ClosedRange<Int>, forKey key: Key) throws -> Int {
        let number: Int?
        do {
            number = try decode(Int.self, forKey: key)
        } catch let error as DecodingError {
            guard case .dataCorrupted = error else { throw error }
            number = nil
        } catch {
            // `JSONDecoder` throws an error of its own at such numbers and turns it into "not JSON" only at the end.
            number = nil
        }
        guard let number, range.contains(number) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self,
                debugDescription:
                    "`\(key.stringValue)` must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
