import Testing
import Tidings

@Suite struct EventBytesTests {
    @Test func `bytes are a collection from zero whatever they are a slice of`() {
        let bytes = EventBytes(Array("0123456789".utf8)[3..<7])
        #expect(bytes.startIndex == 0)
        #expect(bytes.count == 4)
        #expect(bytes.first == UInt8(ascii: "3"))
        #expect(bytes[3] == UInt8(ascii: "6"))
        #expect(Array(bytes) == Array("3456".utf8))
        #expect(bytes.text == "3456")
    }

    @Test func `equal bytes are equal and hash alike whatever they are a slice of`() {
        let slice = EventBytes(Array("xabcx".utf8)[1..<4])
        #expect(slice == EventBytes("abc"))
        #expect(Set([slice, EventBytes("abc"), EventBytes("abd")]).count == 2)
        #expect(EventBytes("") == EventBytes([]))
    }

    @Test func `what is not text is repaired in the text and kept in the bytes`() {
        let bytes = EventBytes([0x61, 0xFF, 0x62])
        #expect(bytes.text == "a\u{FFFD}b")
        #expect(Array(bytes) == [0x61, 0xFF, 0x62])
    }

    @Test func `the memory of the bytes is reached in one piece`() {
        let bytes = EventBytes(Array("0123456789".utf8)[2..<5])
        #expect(bytes.withUnsafeBytes { Array($0) } == Array("234".utf8))
        #expect(bytes.withContiguousStorageIfAvailable { $0.count } == 3)
    }
}
