import Testing

@testable import ClusterRunnerClient

@Suite struct ServerSentEventTests {
    private let text = """
        :

        id: 7
        event: ATOM_FINISH
        data: {"a":"ü"}

        : keep-alive

        event: BUILD_PROGRESS
        data: one
        data: two


        """

    private let events = [
        ServerSentEvent(id: 7, name: "ATOM_FINISH", data: "{\"a\":\"ü\"}"),
        ServerSentEvent(id: nil, name: "BUILD_PROGRESS", data: "one\ntwo"),
    ]

    @Test(arguments: [1, 2, 3, 7, 1_000]) func `Events are read wherever their bytes are cut`(size: Int) {
        var parser = ServerSentEventParser()
        let bytes = Array(text.utf8)
        let read = stride(from: 0, to: bytes.count, by: size).flatMap {
            parser.add(Array(bytes[$0..<min($0 + size, bytes.count)]))
        }
        #expect(read == events)
    }

    @Test func `An event is one only when it has ended`() {
        var parser = ServerSentEventParser()
        #expect(parser.add(Array("id: 1\nevent: X\ndata: y\n".utf8)).isEmpty)
        #expect(parser.add(Array("\n".utf8)) == [ServerSentEvent(id: 1, name: "X", data: "y")])
    }
}
