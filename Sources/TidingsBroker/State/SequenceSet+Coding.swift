package import Tidings

extension SequenceSet {
    /// Writes the set: for each stretch its number and count, then its values or its bits.
    package func encode(into writer: inout BinaryBuilder) {
        writer.write(UInt32(chunks.count))
        for chunk in chunks {
            writer.write(chunk.number)
            writer.write(UInt32(chunk.count))
            if chunk.count == Self.chunkSize { continue }
            writer.write(UInt8(chunk.words.isEmpty ? 0 : 1))
            for value in chunk.values { writer.write(value) }
            for word in chunk.words { writer.write(word) }
        }
    }

    /// Reads what ``encode(into:)`` wrote.
    package init(_ reader: inout BinaryReader) throws(TidingsError) {
        var chunks: [Chunk] = []
        for _ in 0..<(try reader.number() as UInt32) {
            var chunk = Chunk(number: try reader.number())
            let count = Int(try reader.number() as UInt32)
            guard (1...Self.chunkSize).contains(count), chunks.last.map({ $0.number < chunk.number }) ?? true else {
                throw TidingsError(.corrupt, "a set of sequences in the checkpoint has a stretch that none can have")
            }
            chunk.count = count
            if count == Self.chunkSize {
                chunks.append(chunk)
                continue
            }
            if try reader.byte() == 0 {
                for _ in 0..<count { chunk.values.append(try reader.number()) }
            } else {
                for _ in 0..<Self.chunkSize / 64 { chunk.words.append(try reader.number()) }
            }
            guard chunk.counted == count else {
                throw TidingsError(.corrupt, "a set of sequences in the checkpoint does not hold as many as it says")
            }
            chunks.append(chunk)
        }
        self.init(chunks)
    }
}
