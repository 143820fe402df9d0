"""AeSlides (arXiv 2604.22840): four numbers of one slide, without a reference."""
