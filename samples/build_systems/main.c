#include <stdio.h>

#include "worker.h"

int main(void)
{
	printf("%d\n", sum_slowly(8));
	return 0;
}
