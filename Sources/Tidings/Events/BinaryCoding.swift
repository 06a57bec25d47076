/// Writes numbers and texts into memory that the caller has measured.
package struct BinaryWriter {
    private let buffer: UnsafeMutableRawBufferPointer
    /// How many bytes were written.
    package private(set) var offset = 0

    package init(_ buffer: UnsafeMutableRawBufferPointer) {
        self.buffer = buffer
    }

    package mutating func write<Number: FixedWidthInteger>(_ number: Number) {
        buffer.storeBytes(of: number.littleEndian, toByteOffset: offset, as: Number.self)
        offset += MemoryLayout<Number>.size
    }

    package mutating func write(_ text: String?) {
        guard var text else { return write(UInt32.max) }
        text.withUTF8 { utf8 in
            write(UInt32(utf8.count))
            copy(UnsafeRawBufferPointer(utf8))
        }
    }

    package mutating func write(_ bytes: EventBytes) {
        bytes.withUnsafeBytes { copy($0) }
    }

    package mutating func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { copy($0) }
    }

    private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        UnsafeMutableRawBufferPointer(rebasing: buffer[offset...]).copyMemory(from: bytes)
        offset += bytes.count
    }
}

/// Writes numbers and texts into an array that grows, for what is not worth measuring first.
package struct BinaryBuilder {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func write<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func write(_ bytes: [UInt8]) { self.bytes += bytes }

    package mutating func write(_ text: String?) {
        guard let text else { return write(UInt32.max) }
        write(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    /// Writes the length of bytes, and the bytes.
    package mutating func write(_ data: EventBytes) {
        write(UInt32(data.count))
        data.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
}

/// Reads numbers and texts, checking every length against what is there.
package struct BinaryReader {
    /// What has not been read.
    package private(set) var rest: ArraySlice<UInt8>

    package init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    package mutating func byte() throws(TidingsError) -> UInt8 {
        try number()
    }

    package mutating func number<Number: FixedWidthInteger>() throws(TidingsError) -> Number {
        let size = MemoryLayout<Number>.size
        let bytes = try take(size)
        return bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(as: Number.self)) }
    }

    package mutating func text() throws(TidingsError) -> String? {
        let count: UInt32 = try number()
        if count == .max { return nil }
        return String(decoding: try take(Int(count)), as: UTF8.self)
    }

    /// Reads bytes that stand behind their length.
    package mutating func data() throws(TidingsError) -> EventBytes {
        EventBytes(try take(Int(try number() as UInt32)))
    }

    package mutating func take(_ count: Int) throws(TidingsError) -> ArraySlice<UInt8> {
        guard count <= rest.count else {
            throw TidingsError(.corrupt, "\(count) bytes were to follow where \(rest.count) are left")
        }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
