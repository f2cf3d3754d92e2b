"""The routes: what is asked, and how it is answered."""
