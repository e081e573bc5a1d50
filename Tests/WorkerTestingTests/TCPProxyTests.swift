import Foundation
import Testing
import Threads
import WorkerTesting

@Suite("A proxy does to a connection what a bad network does", .timeLimit(.minutes(2)))
struct TCPProxyTests {
    @Test func `passes bytes both ways, and the end`() async throws {
        try await onOwnThread {
            let server = try EchoServer()
            let proxy = try TCPProxy(to: server.port)
            let client = try TestClient(proxy.port)
            // More than a pipe holds, so that both sides have to wait for one another.
            let sent = (0..<(5 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let writer = try OSThread.start(name: "writer") {
                client.write(sent)
                client.finish()
            }
            let found = client.readAll()
            writer.join()
            #expect(found.count == sent.count)
            let isSame = found == sent
            #expect(isSame)
            proxy.close()
        }
    }

    @Test func `a client sees a reset where nobody listens`() async throws {
        try await onOwnThread {
            let port = try EchoServer().port
            let proxy = try TCPProxy(to: port)
            let client = try TestClient(proxy.port)
            #expect(client.read(1, within: .seconds(10)) == nil)
        }
    }

    @Test func `cut resets what is open and takes new connections`() async throws {
        try await onOwnThread {
            let server = try EchoServer()
            let proxy = try TCPProxy(to: server.port)
            let client = try TestClient(proxy.port)
            client.write("a")
            #expect(client.read(1) == Array("a".utf8))
            proxy.cut()
            #expect(client.read(1, within: .seconds(10)) == nil)
            let second = try TestClient(proxy.port)
            second.write("b")
            #expect(second.read(1) == Array("b".utf8))
        }
    }

    @Test func `refuse lets nobody in until pass`() async throws {
        try await onOwnThread {
            let server = try EchoServer()
            let proxy = try TCPProxy(to: server.port)
            proxy.refuse()
            #expect(try TestClient(proxy.port).read(1, within: .seconds(10)) == nil)
            proxy.pass()
            let client = try TestClient(proxy.port)
            client.write("c")
            #expect(client.read(1) == Array("c".utf8))
        }
    }

    @Test func `delay holds each piece back, in order`() async throws {
        try await onOwnThread {
            let server = try EchoServer()
            let proxy = try TCPProxy(to: server.port)
            proxy.delay(.milliseconds(150))
            let client = try TestClient(proxy.port)
            let began = MonotonicClock.now
            client.write("one ")
            usleep(20_000)
            client.write("two")
            #expect(client.read(7).map { String(decoding: $0, as: UTF8.self) } == "one two")
            // There and back.
            #expect(MonotonicClock.now - began >= 300_000_000)
        }
    }

    @Test func `half open: the server hears nothing, not even the end, and the client is cut when all is well again`()
        async throws
    {
        try await onOwnThread {
            let server = try EchoServer()
            let proxy = try TCPProxy(to: server.port)
            let client = try TestClient(proxy.port)
            client.write("a")
            #expect(client.read(1) == Array("a".utf8))
            proxy.halfOpen(.toServer)
            client.write("lost")
            #expect(client.stillWaits(for: .milliseconds(300)))
            let gone = try TestClient(proxy.port)
            gone.write("a")
            gone.finish()
            #expect(gone.stillWaits(for: .milliseconds(300)))
            #expect(server.ended == 0)
            proxy.pass()
            #expect(client.read(1, within: .seconds(10)) == nil)
            #expect(server.received == 1)
        }
    }

    @Test func `half open: the client hears nothing although the server does`() async throws {
        try await onOwnThread {
            let server = try EchoServer()
            let proxy = try TCPProxy(to: server.port)
            proxy.halfOpen(.toClient)
            let client = try TestClient(proxy.port)
            client.write("heard")
            #expect(client.stillWaits(for: .milliseconds(300)))
            #expect(server.received == 5)
        }
    }

    @Test func `an answer is lost once, after a text that came in two pieces, and others are unharmed`() async throws {
        try await onOwnThread {
            let server = try EchoServer()
            let proxy = try TCPProxy(to: server.port)
            let other = try TestClient(proxy.port)
            let client = try TestClient(proxy.port)
            proxy.swallowReply(after: .text("COMMIT"))
            client.write("rows ")
            #expect(client.read(5) == Array("rows ".utf8))
            client.write("COM")
            #expect(client.read(3) == Array("COM".utf8))
            client.write("MIT")
            #expect(client.read(1, within: .seconds(10)) == nil)
            #expect(proxy.waitForSwallowedReply(beyond: 0, within: .seconds(10)))
            // The server has heard all of it.
            #expect(server.received == 11)
            other.write("COMMIT")
            #expect(other.read(6) == Array("COMMIT".utf8))
            #expect(proxy.swallowedReplies == 1)
        }
    }

    @Test func `an answer is lost after so many bytes`() async throws {
        try await onOwnThread {
            let server = try EchoServer()
            let proxy = try TCPProxy(to: server.port)
            let client = try TestClient(proxy.port)
            proxy.swallowReply(after: .bytes(10))
            client.write("12345")
            #expect(client.read(5) == Array("12345".utf8))
            client.write("67890")
            #expect(client.read(1, within: .seconds(10)) == nil)
            #expect(proxy.swallowedReplies == 1)
            #expect(server.received == 10)
        }
    }
}
