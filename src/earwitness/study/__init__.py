"""The listening study of audibility guidance (Shaharabany et al. 2023, section 4): a page, and its answers.

``make_study`` chooses clips and blinds the systems, ``write_page`` makes one file that needs nothing else,
``read_answers`` checks what participants sent back, and ``preference`` or ``opinion`` says what it shows.
"""
