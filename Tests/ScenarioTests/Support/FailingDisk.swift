import Foundation
import WorkerTesting

/// A disk that fails at the n-th write or flush of a store's file, for a program that is started with its library. The
/// library is made by the test, with the machine's C compiler.
final class FailingDisk: Sendable {
    private let library: String

    /// - Returns: nil, and says so aloud, where there is no C compiler.
    static func make(in folder: URL) throws -> FailingDisk? {
        let source = folder.appendingPathComponent("failing-disk.c")
        let library = folder.appendingPathComponent("failing-disk.so").path
        try program.write(to: source, atomically: true, encoding: .utf8)
        for compiler in ["cc", "clang", "gcc"] {
            let process = try ChildProcess(
                program: "/usr/bin/env",
                arguments: [compiler, "-shared", "-fPIC", "-O1", "-o", library, source.path, "-ldl"],
                folder: folder, name: "compile")
            if process.wait() == .exit(0) { return FailingDisk(library) }
        }
        print("SKIPPED: the test of a disk that fails, because there is no C compiler")
        return nil
    }

    private init(_ library: String) { self.library = library }

    enum Call: String { case write, flush }

    /// For the environment of a program whose n-th call on a store's file fails, once.
    func environment(_ call: Call, at number: Int, error: Int32 = EIO) -> [String: String] {
        [
            "LD_PRELOAD": library, "FAILING_CALL": call.rawValue, "FAILING_AT": String(number),
            "FAILING_ERRNO": String(error),
        ]
    }

    private static let program = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <stdatomic.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>

        static atomic_int calls;

        /* Whether this is the call on a store's file that is to fail. */
        static int fails(int descriptor, const char *call) {
            const char *wanted = getenv("FAILING_CALL"), *at = getenv("FAILING_AT"), *error = getenv("FAILING_ERRNO");
            if (!wanted || !at || !error || strcmp(wanted, call) != 0) return 0;
            char link[64], path[4096];
            snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
            ssize_t length = readlink(link, path, sizeof path - 1);
            if (length < 0) return 0;
            path[length] = 0;
            /* What lies in -shm is rebuilt at need. */
            if (!strstr(path, ".sqlite") || strstr(path, "-shm")) return 0;
            if (atomic_fetch_add(&calls, 1) + 1 != atoi(at)) return 0;
            errno = atoi(error);
            return 1;
        }

        ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
            static ssize_t (*real)(int, const void *, size_t, off64_t);
            if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
            return fails(descriptor, "write") ? -1 : real(descriptor, bytes, count, offset);
        }

        int fdatasync(int descriptor) {
            static int (*real)(int);
            if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
            return fails(descriptor, "flush") ? -1 : real(descriptor);
        }

        """
}
