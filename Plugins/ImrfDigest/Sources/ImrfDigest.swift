// ImrfDigest
