/// Assembles the bytes of a checkpoint; numbers are little-endian.
package struct CheckpointWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    mutating func write<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func write(_ bytes: [UInt8]) { self.bytes += bytes }

    mutating func write(_ text: String) {
        write(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }
}
