"""What turns a file or an array into blocks of floats: libsndfile, FFmpeg, and one after the other."""
